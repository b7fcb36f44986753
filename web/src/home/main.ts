import { createApp } from 'vue';
import '../style/base.css';
import HomePage from './HomePage.vue';

createApp(HomePage).mount('#app');
