import { createApp } from 'vue';
import '../style/base.css';
import StudioPage from './StudioPage.vue';

createApp(StudioPage).mount('#app');
