import { createApp } from 'vue';
import '../style/base.css';
import TallyPage from './TallyPage.vue';

createApp(TallyPage).mount('#app');
